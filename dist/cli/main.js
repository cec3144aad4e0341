#!/usr/bin/env node
import { r as main } from "../chunks/core.js";

// src/cli/main.ts
await main(process.argv.slice(2));

export {  };