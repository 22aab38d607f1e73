"""Money out: uploads, the engine that reads them, and the bills they become."""
