"""Pictures without georeference: planned, found again by their markers, matched, or placed by hand.

People drive Google Earth Pro and save the pictures; vallum opens no map service, ever.
"""
