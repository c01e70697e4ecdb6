#pragma once

// What the module between us and the token does wrong.
enum class Fault : int {
  none,
  changes_ciphertext,  // what was encrypted comes back with a bit flipped
  changes_plaintext,   // what was decrypted does
  forgets_ciphertext,  // decrypts to what was encrypted last, whatever it is asked
  is_removed,          // no token in any slot, every session's call fails
  keeps_what_it_should_destroy,
  changes_signature,  // what was signed comes back with a bit flipped
  forgets_digest,     // gives the signature that it gave last, whatever it is asked
};

// `after` calls are answered well before the fault begins. `milliseconds`: how long each call takes besides.
using SetFault = void (*)(Fault fault, int after, int milliseconds);
