"""Money in: customers, orders, payments and shifts."""
