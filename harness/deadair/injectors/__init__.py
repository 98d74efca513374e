"""How a fault is made to happen and undone. Injectors know no scenario and no rule, only breaks."""
