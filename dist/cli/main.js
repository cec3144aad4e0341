#!/usr/bin/env node
import "../chunks/core.js";

export {  };