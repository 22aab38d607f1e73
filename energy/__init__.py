"""Devices, meter readings and tariffs."""
