#pragma once

#include <string>
#include <vector>

namespace mibun::cli {

// What stood on the command line after "mibun wallet".
struct WalletOptions {
  std::string home;
  std::vector<std::string> allowed_origins;  // "https://host[:port]", wherever they lie
  std::string server;                        // register, revoke, move join
  std::string ca_file;                       // the same
  std::string passport;                      // prove: a directory
  std::string link;                          // present, receive, move join
  std::string issuer, configuration;         // receive
  std::string card;                          // renew, remove: an id
  bool watch = false;                        // renew
  std::string browser_request, origin;       // present: a file with {"protocol", "data"}, and whose page asks
  bool also_unencrypted = false;             // present
  std::vector<std::string> also, instead;    // present: names of what is asked
  std::vector<std::string> chosen_cards;     // present: "name=id of a card"
  std::vector<std::string> chosen_ways;      // present: "name=number"
  bool look = false;                         // present
  bool before_decision = false;              // offer, receive
  std::string save_file;                     // receipts, delete-account, present --browser-request, offer
  std::string address = "127.0.0.1";         // proximity: where this device listens
  unsigned port = 0;                         // the same; 0: any
  bool verified_readers_only = false;        // the same
  std::string inquiry_kind, inquiry_text;    // inquiry send
  bool as_json = false;                      // history
  bool show_code = false;                    // status
};

}  // namespace mibun::cli
