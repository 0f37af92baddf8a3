"""What a product's `locators.yaml` can say, topic by topic; `keywords.sites.locators` puts it together."""
