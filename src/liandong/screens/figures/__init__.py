"""Supervisors and leaders: trends, map, ranking; every figure opens its cases."""
