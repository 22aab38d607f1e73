"""What a store sells and how it sorts it: categories, brands, collections, products, stock."""
