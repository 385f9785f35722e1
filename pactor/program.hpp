// What concerns a program as a whole.
//
//     int main() {
//       pactor::init();                    // seldom needed, see there
//       pactor::Actor<Server> server;
//       pactor::wait_for_signal();
//     }                                    // closes and joins
#pragma once

namespace pactor {

// Starts the runtime now. Most programs need not call it: it has run before main. It is for where that
// cannot be, and where the first Actor might come after the first thread: a library whose host has a
// main of its own (a plug-in, an interpreter), a program that is linked statically, a daemon that has
// just forked. Throws SpawnError if the process has several threads, or there are not the means; Error
// before main, and in a child that an actor has forked. Again: harmless.
void init();

// Waits for SIGINT or SIGTERM, and returns its number: for a program that ends its actors in order.
// Installs no handler: it blocks the two in the calling thread, where they stay blocked, and takes them while
// it waits. Call it before other threads start, or have them block the two as well. Needs no actor; throws
// nothing.
int wait_for_signal();

}  // namespace pactor
