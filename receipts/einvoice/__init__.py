"""Electronic invoices after EN 16931, as CII (Factur-X, ZUGFeRD 2, XRechnung) or UBL: XML in, a draft out.

Pure: it takes bytes that nobody vouches for, and touches nothing.
"""
