"""Mock sites: four web systems as a plant has them, each with its own store, look and log-in.

They know nothing of the MES or the rules. They do not reject duplicates: a bot that acts twice is seen to have done so.
"""
