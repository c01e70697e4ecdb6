/** `work`, done once for all who ask; after a failure whoever asks next has it tried anew. */
export const once = (work) => {
  let done = null;
  return () =>
    (done ??= work().catch((error) => {
      done = null;
      throw error;
    }));
};
