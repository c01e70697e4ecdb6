// `faults_child ROOM DIRECTORY`: uses one room of platform, and says on its standard output what was acknowledged.
#include "tests/faults/rooms/room.h"

int main(int argc, char** argv) {
  const mibun::faults::Room* room = argc == 3 ? mibun::faults::find_room(argv[1]) : nullptr;
  if (room == nullptr) return 2;
  room->work(argv[2]);
  return 0;
}
