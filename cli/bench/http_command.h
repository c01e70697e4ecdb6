#pragma once

namespace CLI {
class App;
}

namespace mibun::cli {

class Terminal;

// mibun bench http: whole flows against a real server on one CPU, as shares of the signatures in them.
void add_http_bench_command(CLI::App& bench, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
