"""Engines that run scans: local (files and streams in this process) and Spark."""
