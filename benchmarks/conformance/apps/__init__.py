"""The same small application in every framework, each as its documentation writes it; `raw` is the control."""
