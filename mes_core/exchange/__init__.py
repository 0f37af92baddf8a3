"""Readers and writers of foreign formats: files in, message shapes out. Nothing here touches the store."""
