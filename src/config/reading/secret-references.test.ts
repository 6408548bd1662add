import { expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { Secret, type SecretSource } from "../../secrets/index.ts";
import { readConfig } from "../load-config.ts";

const asked: string[] = [];
const shelf: SecretSource = {
  async read(path) {
    asked.push(path);
    if (path !== "openai" && path !== "team/header#field") throw new Fault("object_unknown", { message: `there is no secret ${path}.` });
    return { value: new Secret(`sk-value-of-${path}`) };
  },
};

function read(document: unknown, sources = new Map([["vault", shelf]])) {
  return readConfig(JSON.stringify(document), "sluice.yaml", { environment: { HOST: "a.example" }, policies: new Map(), sources });
}

test("a reference to a secret stands wherever a variable may, beside other text and variables", async () => {
  asked.length = 0;
  const { config, issues } = await read({
    providers: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
      openai: { apiKey: "${vault:openai}", headers: { "x-team": "${HOST} ${vault:team/header#field} $${vault:plain}" } },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
      groq: { apiKey: "${vault:openai}" },
    },
  });
  expect(issues).toBeUndefined();
  const [openai, groq] = config!.providers;
  expect(openai?.apiKey?.reveal()).toBe("sk-value-of-openai");
  expect(groq?.apiKey?.reveal()).toBe("sk-value-of-openai");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  expect(openai?.headers["x-team"]?.reveal()).toBe("a.example sk-value-of-team/header#field ${vault:plain}");
  // Each once, whatever the number of places.
  expect(asked.toSorted()).toEqual(["openai", "team/header#field"]);
});

test("a secret that is not there and a source that nobody named are errors with their place", async () => {
  const { issues } = await read({
    providers: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
      openai: { apiKey: "${vault:nope}" },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
      groq: { apiKey: "${vualt:openai}" },
    },
  });
  expect(issues).toMatchObject([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
    { path: "providers.openai.apiKey", problem: "`${vault:nope}`: there is no secret nope", value: "${vault:nope}" },
    { path: "providers.groq.apiKey", problem: "no source of secrets is called `vualt`; did you mean `vault`?" },
  ]);
});
