#include "server/idempotency/service.h"

#include "core/base/secret.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/aead.h"
#include "platform/log/log.h"
#include "server/api/problem.h"
#include "server/idempotency/answers.h"
#include "server/idempotency/request.h"

namespace mibun::server {
namespace {

constexpr records::ClassId kRecordClass = "repeated_answer";
constexpr std::string_view kAnonymous = "anonymous";

// The request that this thread answers; and on the writer's thread the one whose work it does.
thread_local IdempotentRequest* answering = nullptr;
thread_local IdempotentRequest* writing = nullptr;

class Here {
 public:
  Here(IdempotentRequest*& place, IdempotentRequest* request) : place_(place), before_(place) { place_ = request; }
  ~Here() { place_ = before_; }
  Here(const Here&) = delete;
  Here& operator=(const Here&) = delete;

 private:
  IdempotentRequest*& place_;
  IdempotentRequest* before_;
};

// Whoever proves who they are is asked by a gate, which then says so; everybody else is nobody.
bool proves_a_caller(const ServerRequest& request) {
  return request.header_count("Mibun-Assertion") > 0 ||
         request.header("Authorization").value_or("").starts_with("DPoP ");
}

// An answer to a stranger that names the account it made: from then on it is that account's.
std::optional<keyd::PersonId> person_in(const ServerResponse& response) {
  const auto body = json::parse_object(response.body);
  if (!body) return std::nullopt;
  const json::Value* id = body->if_contains("account_id");
  if (id == nullptr || !id->is_string()) return std::nullopt;
  return keyd::PersonId{std::string(id->get_string())};
}

std::string account_caller(const keyd::PersonId& person) {
  return "account:" + person.value;
}

}  // namespace

Result<std::optional<Idempotency::Kept>> Idempotency::find(std::string_view column, BytesView hash) {
  constexpr std::string_view kByOwner =
      "SELECT owner_hash, request_hash, content_hash, sealed_for, sealed_answer, repeat_until FROM idempotency_keys "
      "WHERE owner_hash = $1 AND expires_at > $2";
  constexpr std::string_view kByRequest =
      "SELECT owner_hash, request_hash, content_hash, sealed_for, sealed_answer, repeat_until FROM idempotency_keys "
      "WHERE request_hash = $1 AND expires_at > $2";
  MIBUN_TRY(const auto row,
            database_.row(column == "owner" ? kByOwner : kByRequest, hash, clock_.now().unix_milliseconds()));
  if (!row) return std::optional<Kept>();
  Kept kept{row->blob(0), row->blob(1), row->blob(2), {}, {}, Instant::from_unix_milliseconds(row->integer(5))};
  if (!row->is_null(3)) kept.sealed_for = row->text(3);
  if (!row->is_null(4)) kept.sealed_answer = row->blob(4);
  return std::optional(std::move(kept));
}

bool Idempotency::claim(BytesView hash) {
  const std::lock_guard lock(mutex_);
  return running_.insert(to_bytes(hash)).second;
}

void Idempotency::release(BytesView hash) {
  const std::lock_guard lock(mutex_);
  running_.erase(to_bytes(hash));
}

ServerResponse Idempotency::around(const http::Route& route, const ServerRequest& request,
                                   const std::function<ServerResponse()>& run) {
  if (!keeps_answers(route)) return run();
  const auto key = read_idempotency_key(request);
  if (!key) return refuse(key.error(), request);
  if (!*key) return run();
  auto root = keys_.lookup_hash("idempotency_key", as_bytes(**key));
  if (!root) return refuse(root.error(), request);
  IdempotentRequest here(std::move(*root), request);

  if (!claim(here.request_hash())) return refuse({ErrorCode::idempotency_key_in_use, "request", {}}, request);
  struct Release {
    Idempotency& idempotency;
    const IdempotentRequest& request;
    ~Release() {
      if (request.owner_claimed) idempotency.release(request.owner_hash());
      idempotency.release(request.request_hash());
    }
  } release{*this, here};

  const auto kept = find("request", here.request_hash());
  if (!kept) return refuse(kept.error(), request);
  if (*kept && clock_.now() < (*kept)->repeat_until) return repeat(here, **kept, request);

  const Here answers(answering, &here);
  if (!proves_a_caller(request)) {
    if (const Status nobody = caller_is(std::string(kAnonymous), std::nullopt); !nobody) {
      return refuse(nobody.error(), request);
    }
  }
  ServerResponse response = run();
  if (here.answered_before) {
    const auto first = find("owner", here.owner_hash());
    if (!first) return refuse(first.error(), request);
    if (*first) return repeat(here, **first, request);
  }
  if (here.marked && !is_kept(here, response)) keep(here, response);
  return response;
}

Status Idempotency::caller_is(const std::string& caller, const std::optional<keyd::PersonId>& person) {
  IdempotentRequest* const here = answering;
  if (here == nullptr || here->has_caller()) return {};
  here->belongs_to(caller, person);
  if (!claim(here->owner_hash())) return fail(ErrorCode::idempotency_key_in_use, "caller");
  here->owner_claimed = true;
  MIBUN_TRY(const auto kept, find("owner", here->owner_hash()));
  if (!kept) return check_room(caller);
  // Of a stranger nothing is known but the request: only the very same one gets the answer, and it did not come here.
  if (here->is_anonymous() || !ct_equal(kept->content_hash, here->content_hash())) {
    return fail(ErrorCode::idempotency_key_reused, "caller");
  }
  here->answered_before = true;  // around() reads it
  return fail(ErrorCode::idempotency_key_in_use, "answered_before");
}

Status Idempotency::check_room(const std::string& caller) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(caller);
  const std::size_t most = caller == kAnonymous             ? limits_.anonymous
                           : caller.starts_with("account:") ? limits_.per_account
                                                            : limits_.per_client;
  if (found != rows_.end() && found->second >= most) {
    return fail(ErrorCode::service_overloaded, "idempotency_keys", "this caller has as many as are kept");
  }
  return {};
}

Status Idempotency::mark(database::Transaction& transaction, const IdempotentRequest& request,
                         const std::optional<Bytes>& sealed_answer) {
  const Instant now = clock_.now();
  const Instant expires = now + (request.is_anonymous() ? limits_.anonymous_life : limits_.life);
  const Instant repeat = request.is_anonymous() ? expires : now + limits_.same_proofs;
  MIBUN_CHECK(
      transaction.run("DELETE FROM idempotency_keys WHERE (owner_hash = $1 OR request_hash = $2) AND expires_at <= $3",
                      request.owner_hash(), request.request_hash(), now.unix_milliseconds()));
  MIBUN_TRY(
      const std::int64_t inserted,
      transaction.run("INSERT INTO idempotency_keys (owner_hash, request_hash, content_hash, caller, repeat_until, "
                      "expires_at, sealed_answer) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                      request.owner_hash(), request.request_hash(), request.content_hash(), request.caller(),
                      repeat.unix_milliseconds(), expires.unix_milliseconds(), sealed_answer));
  if (inserted != 1) return fail(ErrorCode::idempotency_key_in_use, "row");  // by another instance
  return {};
}

void Idempotency::marked(const std::string& caller) {
  const std::lock_guard lock(mutex_);
  ++rows_[caller];
}

Bytes Idempotency::seal_answer(const IdempotentRequest& request, const ServerResponse& response) {
  const SecretBytes key = request.sealing_key();
  return crypto::seal_record(key.reveal(), as_bytes(kRecordClass.name()), to_kept(response), rng_);
}

bool Idempotency::is_kept(const IdempotentRequest& request, const ServerResponse& response) const {
  return request.kept && to_kept(*request.kept) == to_kept(response);
}

void Idempotency::keep(const IdempotentRequest& request, const ServerResponse& response) {
  if (response.body.size() > limits_.answer_bytes) {
    log::warning("answer_not_kept", {{"why", "its size"}});
    return;
  }
  std::optional<keyd::PersonId> person = request.person();
  std::string caller = request.caller();
  if (request.is_anonymous()) person = person_in(response);
  Bytes sealed = seal_answer(request, response);
  std::optional<std::string> sealed_for;
  if (person) {
    const std::string name = base64url::encode(request.owner_hash());
    auto twice = keys_.seal(*person, {kRecordClass, name}, sealed);
    if (twice) {
      sealed = std::move(*twice);
      sealed_for = person->value;
      caller = account_caller(*person);
    } else if (twice.error().code != ErrorCode::keyd_person_key_missing) {  // missing: just erased
      log::error("answer_not_kept", {{"code", to_string(twice.error().code)}});
      return;
    }
  }
  // An account that was erased meanwhile took its rows along: then nothing is changed here.
  const auto kept = database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "UPDATE idempotency_keys SET sealed_answer = $2, sealed_for = $3, caller = CASE WHEN $3 IS NULL "
        "THEN caller ELSE $4 END WHERE owner_hash = $1",
        request.owner_hash(), sealed, sealed_for, caller));
    return {};
  });
  if (!kept) log::error("answer_not_kept", {{"code", to_string(kept.error().code)}});
}

Result<Bytes> Idempotency::open_answer(const IdempotentRequest& request, const Kept& kept) const {
  Bytes sealed = *kept.sealed_answer;
  if (kept.sealed_for) {
    const std::string name = base64url::encode(kept.owner_hash);
    MIBUN_TRY(sealed, keys_.open(keyd::PersonId{*kept.sealed_for}, {kRecordClass, name}, sealed));
  }
  const SecretBytes key = request.sealing_key();
  return crypto::open_record(key.reveal(), as_bytes(kRecordClass.name()), sealed);
}

namespace {

ServerResponse answer_lost(const ServerRequest& message) {
  log::warning("answer_lost");
  return problem_before_route({500, ErrorCode::internal_error,
                               "the first request with this key took effect, and its answer was lost: look at what is "
                               "there now, and ask for anything more with a new key",
                               message.header("Accept-Language").value_or("")});
}

}  // namespace

ServerResponse Idempotency::repeat(const IdempotentRequest& request, const Kept& kept,
                                   const ServerRequest& message) const {
  if (!kept.sealed_answer) return answer_lost(message);
  const auto opened = open_answer(request, kept);
  if (!opened) {  // damaged, or its person's key has gone
    log::error("answer_not_opened", {{"code", to_string(opened.error().code)}});
    return answer_lost(message);
  }
  auto response = from_kept(*opened);
  if (!response) return answer_lost(message);
  response->headers.push_back({std::string(kRepeatedAnswerHeader), "true"});
  return std::move(*response);
}

Status Idempotency::count_rows() {
  MIBUN_TRY(const auto rows, database_.rows("SELECT caller, count(*) FROM idempotency_keys GROUP BY caller"));
  const std::lock_guard lock(mutex_);
  rows_.clear();
  for (const database::Row& row : rows) rows_[row.text(0)] = static_cast<std::size_t>(row.integer(1));
  return {};
}

Status Idempotency::purge_expired() {
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("DELETE FROM idempotency_keys WHERE expires_at <= $1", clock_.now().unix_milliseconds()));
    return {};
  }));
  return count_rows();
}

Status Idempotency::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  const std::string caller = account_caller(person);
  const Bytes own = writing != nullptr && writing->caller() == caller ? writing->owner_hash() : Bytes();
  MIBUN_CHECK(transaction.run("DELETE FROM idempotency_keys WHERE caller = $1 AND owner_hash <> $2", caller, own));
  MIBUN_CHECK(transaction.run("UPDATE idempotency_keys SET caller = $2 WHERE caller = $1", caller, kAnonymous));
  return {};
}

Status MarkedDatabase::write(const std::function<Status(database::Transaction&)>& work) {
  IdempotentRequest* const here = answering;
  if (here == nullptr || !here->has_caller()) return below().write(work);
  const bool first = !here->marked;
  // A person's answer is sealed with their key, too, and their key may be destroyed meanwhile: that one comes after.
  const std::optional<ServerResponse> planned = here->person() ? std::nullopt : here->planned.answer();
  std::optional<Bytes> sealed;
  if (first && planned && !here->is_anonymous() && planned->body.size() <= idempotency_.limits_.answer_bytes) {
    sealed = idempotency_.seal_answer(*here, *planned);
  }
  MIBUN_CHECK(below().write([&](database::Transaction& transaction) -> Status {
    const Here writes(server::writing, here);
    if (first) MIBUN_CHECK(idempotency_.mark(transaction, *here, sealed));
    return work(transaction);
  }));
  if (first) {
    here->marked = true;
    idempotency_.marked(here->caller());
    if (sealed) here->kept = planned;
  }
  return {};
}

}  // namespace mibun::server
