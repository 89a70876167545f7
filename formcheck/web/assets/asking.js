// What the server says to a request.
export const SILENT = { message: "formcheck does not answer.", hint: "Check that it is still running on the computer." };

// Gives what the answer holds; throws what a person is told, in `told`, where it was refused.
export const answerOf = async (answer) => {
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  throw Object.assign(new Error("refused"), {
    told: data.message ? data : { message: "That did not work.", hint: "Reload the page and try again." },
  });
};
