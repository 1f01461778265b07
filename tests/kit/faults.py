"""Plugins as they should not be: each a sample with one fault."""

import faults_of_async
import faults_of_end
import faults_of_looks
import faults_of_start
import faults_of_two
from planting import PLANTED

__all__ = ["PLANTED", "faults_of_async", "faults_of_end", "faults_of_looks", "faults_of_start", "faults_of_two"]
