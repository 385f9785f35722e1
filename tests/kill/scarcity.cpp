// kill -9 at every instruction of those that run when something is lacking: memory, descriptors, room in the
// kernel. One call after the other of the victim's fails, as in exhaustion_test, and it dies wherever it then
// comes to.
#include "fixture.hpp"
#include "lacking.hpp"
#include "scenes.hpp"

namespace {

using namespace killing;
using pactor::Actor;
using pactor::Options;

TEST_F(Kill, OfASenderThatLacksSomethingLosesNothingThatWasAccepted) {
  choose();
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  tell("sender, lacks something", kill_while_something_lacks(player(), [&] {
         sender_dies(receiver, Others::asleep,
                     [&](Actor<Sender>& sender) { sender->say_in_short(receiver.proxy()); });
       }));
}

TEST_F(Kill, OfAReceiverThatLacksSomethingLosesNothingButTheMessageInProgress) {
  choose();
  tell("receiver, lacks something", kill_while_something_lacks(player(), [] {
         Actor<Receiver> receiver{mailbox_of_64_kib()};
         receiver->become_victim();
         Talk talk(receiver.proxy(), kScriptLane);
         say_little(talk);
         receiver.close();
         expect_end(receiver.join());
       }));
}

TEST_F(Kill, OfASuccessorThatLacksSomethingLosesNothingButTheMessageInProgress) {
  choose();
  tell("successor, lacks something",
       kill_while_something_lacks(player(), [] { successor_dies(); }));
}

}  // namespace
