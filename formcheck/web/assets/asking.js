// What the server says to a request.
export const SILENT = { message: "formcheck does not answer.", hint: "Is it still running in the terminal?" };

// Gives what the answer holds; throws what a person is told, in `told`, where it was refused.
export const answerOf = async (answer) => {
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  throw Object.assign(new Error("refused"), {
    told: data.message ? data : { message: "formcheck did not take it.", hint: "Reload the page." },
  });
};
