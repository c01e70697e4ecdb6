#pragma once

#include <sys/types.h>

#include <cstdio>
#include <functional>
#include <string>

namespace mibun::server {

// Work in a child of its own: says lines to the parent, each after the server has answered.
struct Child {
  pid_t pid = -1;
  FILE* said = nullptr;
};

// `work` gets the pipe to say() into. When it returns or throws, the child ends with 1.
Child run_in_child(const std::function<void(int)>& work);
// In the child. Ends it when nobody listens.
void say(int pipe, const std::string& line);
// The next line; empty: the child is gone and all was heard.
std::string hear(const Child& child);
// kill -9, and waits until it is gone; what it said before can still be heard.
void kill_child(const Child& child);

}  // namespace mibun::server
