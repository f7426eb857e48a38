"""Deploying and measuring over ssh, on boards that are servers of ssh on this machine."""
