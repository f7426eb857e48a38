"""The live loop beside a broker that goes away."""
