#!/usr/bin/env node
// npm links a command only if its file is there when packages are installed, before anything is built.
import '../dist/main.js';
