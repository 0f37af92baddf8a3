"""Meridian, a pretend suite of one vendor: Lab, Stock, Freight and Filing. Other words and another flow than the first
products: a log-in in two steps, a search before any list, wizards instead of forms with a dialog."""
