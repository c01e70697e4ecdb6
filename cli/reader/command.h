#pragma once

namespace CLI {
class App;
}

namespace mibun::cli {

class Terminal;

// mibun reader: asks a wallet that is here for elements of a document, and shows what was verified. It needs no server.
void add_reader_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
