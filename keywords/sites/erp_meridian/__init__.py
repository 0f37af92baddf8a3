"""Meridian Stock: stock, goods used, and goods issues released by a form in pages."""
