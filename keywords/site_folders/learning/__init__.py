"""A site folder learnt from one walk through the site: from what was typed, pressed, shown and sent."""
