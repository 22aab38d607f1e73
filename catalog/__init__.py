"""What a store sells and how it sorts it: categories, and later brands, collections, products, stock."""
