"""What many speak of: messages brought together one by one as they come, named by place, crowd and what is said.

``names`` finds places and crowds in a title, ``cluster`` brings messages together, ``heat`` says how hot the result is.
"""

from .cluster import Clusterer, Message
from .heat import Topic, hottest
from .names import Names

__all__ = ["Clusterer", "Message", "Names", "Topic", "hottest"]
