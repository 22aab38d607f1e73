"""The GraphQL layer: the only room that knows Strawberry."""
