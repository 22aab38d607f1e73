"""The built-in spending categories: key → name shown. A key never changes once released."""

BUILT_IN: dict[str, str] = {
    "groceries": "Groceries",
    "restaurant": "Restaurants & takeaway",
    "cafe": "Coffee & bakery",
    "household": "Household",
    "hardware": "Hardware & tools",
    "electronics": "Electronics",
    "office": "Office supplies",
    "clothing": "Clothing",
    "health": "Health & pharmacy",
    "personal_care": "Personal care",
    "transport": "Transport & parking",
    "fuel": "Fuel",
    "travel": "Travel & lodging",
    "utilities": "Utilities & telecom",
    "entertainment": "Entertainment",
    "education": "Books & education",
    "services": "Services & repairs",
    "fees": "Fees & taxes",
    "other": "Other",
}
