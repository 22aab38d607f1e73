"""GraphiQL, the page in which a person tries the API, served from this server alone."""
