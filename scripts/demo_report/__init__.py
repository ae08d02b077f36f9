"""What scripts/demo shows: test material, tables for the terminal, and report.html."""
# SPDX-License-Identifier: Apache-2.0
