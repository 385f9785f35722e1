@0xa3c1d27f5e90b486;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("bench::peers::schema");

interface Unit {
  ask @0 (question :Data) -> (answer :UInt64);
  open @1 () -> (stream :Stream);
}

# The calls of a stream are under way together, no more of them than fit into a window.
interface Stream {
  tell @0 (message :Data) -> stream;
  end @1 ();
}
