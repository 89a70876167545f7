// Exchanges the token of the link for a cookie. The token is behind the #, so it is sent nowhere else.
const title = document.getElementById("enter-title");
const text = document.getElementById("enter-text");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const fail = (head, words) => {
  title.textContent = head;
  text.textContent = words;
};

if (!token) {
  fail("The link is incomplete", "Copy the whole link that formcheck app printed in the terminal.");
} else {
  try {
    const answer = await fetch("/enter", { method: "POST", body: JSON.stringify({ token }) });
    const data = await answer.json();
    if (answer.ok) location.replace(data.next);
    else fail("This link does not work", `${data.message} ${data.hint}`);
  } catch {
    fail("formcheck does not answer", "Check that it is still running on the computer.");
  }
}
