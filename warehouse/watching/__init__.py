"""Loads files as they arrive and builds, without anybody at the keyboard."""
