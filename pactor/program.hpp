// What concerns a program as a whole.
#pragma once

namespace pactor {

// Starts the runtime now. Programs whose main() was linked with pactor need not call it: it has run
// before main. It is for hosts with a main of their own (an interpreter, a plug-in's host), and has to
// come while the process is single-threaded. Again: harmless. What is wrong, the first Actor tells.
void init();

// Waits for SIGINT or SIGTERM, and returns its number: for a program that ends its actors in order.
// Installs no handler: it blocks the two in the calling thread, and takes them while it waits. Call it
// before other threads start, or have them block the two as well.
int wait_for_signal();

}  // namespace pactor
