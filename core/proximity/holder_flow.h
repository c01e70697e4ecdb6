#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/mdoc/device_engagement.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/request_match.h"
#include "core/proximity/steps.h"

// The holder's side of one meeting (ISO/IEC 18013-5, 6.3.2): QR code, session, request, consent, answer, end.
namespace mibun::proximity {

// The holder's documents. One copy of each is enough: a copy that was shown is not shown again.
class DocumentBox {
 public:
  virtual ~DocumentBox() = default;
  // In the order the holder prefers. Borrowed for the length of the flow.
  virtual std::vector<const mdoc::HeldMdoc*> documents() const = 0;
  // Who signs for documents()[place]; asked only after the holder agreed. Errors: wallet_locked, wallet_no_copy_left.
  virtual Result<const crypto::P256Signer*> signer(std::size_t place) const = 0;
};

// What happens with a reader that nobody we trust vouches for: the holder is asked and told so, or it gets nothing.
enum class UnknownReaders { ask_holder, refuse };

// What registrars say about readers. Whoever gives one to a flow also knows what to show of it.
class ReaderRegister {
 public:
  virtual ~ReaderRegister() = default;
  enum class Standing { registered, unregistered };
  // May this reader, whose signature over `requests` was verified, ask for all of that? A reader without a registration
  // is unregistered; one that does not hold is an error, and one that does not cover a request as well: the meeting
  // ends, and nothing is said about why.
  virtual Result<Standing> check(const crypto::Certificate& reader, std::span<const mdoc::ItemsRequest> requests,
                                 Instant now) = 0;
};

struct HolderPolicy {
  const crypto::TrustAnchors& readers;  // of the purpose mdoc_reader
  ReaderRegister& registrations;
  UnknownReaders unknown_readers;  // also of readers that are known and not registered
};

struct Agreed {};
struct Refused {};
using HolderEvent = std::variant<Connected, MessageArrived, ConnectionLost, TimePassed, Agreed, Refused>;

struct AskedElement {
  std::string name_space, identifier;  // what would be sent
  std::string requested_identifier;    // another one where an age attestation answers for its neighbour
  bool intent_to_retain = false;
  Bytes value;  // one CBOR item, exactly what would be sent
};
struct AskedDocument {
  std::size_t document = 0;  // place in DocumentBox::documents()
  std::string doc_type;
  std::vector<AskedElement> elements;
  std::vector<mdoc::MissingElement> missing;  // asked for and not held: the reader learns that it gets none of them
};
// Everything the holder is shown before anything leaves the device.
struct AskHolder {
  std::optional<crypto::Certificate> reader;  // verified; none: nobody knows who asks
  bool is_registered = false;                 // the reader, for all that it asks
  std::vector<AskedDocument> documents;       // empty: nothing here answers; only Refused is possible
  std::vector<std::string> withheld;          // doctypes that were asked for and are not here
  Instant until;                              // later there is nobody to answer
  // What the reader sent and the session it is signed over (SessionTranscript), encoded: for whoever keeps a proof of
  // who asked.
  Bytes request = {}, session_transcript = {};
};
enum class HolderOutcome {
  shared,
  unconfirmed,      // sent, and the reader did not say that it arrived
  refused,          // by the holder; the reader cannot tell this from having no such card
  ended_by_reader,  // before anything was sent
  failed,           // `why`; nothing was sent
};
struct HolderFinished {
  HolderOutcome outcome = HolderOutcome::failed;
  std::optional<Bytes> farewell;  // to send before hanging up, whether or not it arrives
  std::optional<Error> why;
};
using HolderStep = std::variant<AwaitMessage, SendMessage, AskHolder, HolderFinished>;

// Without I/O: told what happened, it answers what to do next. One object has one engagement with a key of its own and
// serves one reader; nothing is taken after the end. Without Agreed no byte about the holder leaves, whatever arrives,
// and a document's signature is made only then.
class HolderFlow {
 public:
  // `ways`: where this device can be reached. Everything borrowed must outlive the flow.
  // Errors: certificate_wrong_purpose (the policy's anchors).
  static Result<HolderFlow> make(const DocumentBox& documents, const HolderPolicy& policy,
                                 std::vector<mdoc::RetrievalMethod> ways, Instant now);
  ~HolderFlow();
  HolderFlow(HolderFlow&&) noexcept;

  const mdoc::DeviceEngagement& engagement() const;
  // When the flow ends by itself.
  Instant ends_at() const;

  // Connected -> AwaitMessage -> MessageArrived -> AskHolder -> Agreed -> SendMessage -> MessageArrived (the reader's
  // good-bye) -> HolderFinished; Refused -> HolderFinished. ConnectionLost and TimePassed belong everywhere, a
  // MessageArrived also while the holder reads: then it can only be the end.
  // What the reader does wrong ends the flow (HolderFinished::why): mdoc_session_*, mdoc_request_*, cbor_* and others
  // of parsing, mdoc_reader_auth_*, certificate_* (all but certificate_untrusted and
  // certificate_revocation_unknown), mdoc_x5chain_missing, those of the policy's register,
  // wallet_reader_untrusted (an unknown or unregistered reader that the policy refuses), wallet_connection_lost (also:
  // out of time). Errors: invalid_argument (an event that does not belong here; the flow stays where it is),
  // mdoc_session_ended (after the end), wallet_no_matching_card (Agreed without documents; the question stays open),
  // and after Agreed those of the signer: the flow is over, `farewell` stays unsaid.
  Result<HolderStep> advance(const HolderEvent& event, Instant now);

 private:
  struct State;
  explicit HolderFlow(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mibun::proximity
