"""The ground floor: settings, accounts, stores, roles, tenancy, idempotency and audit."""
