import type { FaultCode } from "../../src/exchange/index.ts";

/** Recorded error answers, by file and place, and what each means. They are read in place. */
export const recordedErrors: Readonly<Record<string, { readonly means: FaultCode; readonly nativeCode?: string }>> = {
  "openai/openinference__test_instrumentor__TestLM.test_exception_event_recorded_on_lm_error.yaml#0": { means: "upstream_credentials" },
  "azure-openai/openllmetry__test_embeddings__test_azure_openai_embeddings.yaml#2": { means: "upstream_credentials" },
  "azure-openai/openllmetry__test_azure__test_chat_reasoning.yaml#1": { means: "upstream_rejected", nativeCode: "DeploymentNotFound" },
  "ollama/openinference__test_instrumentor__test_chat_error_records_model_name.yaml#0": { means: "upstream_rejected" },
  "openai/openinference__test_input_value_image_hiding__TestInputValueImageHiding.test_input_value_hides_regular_url_images.yaml#0": {
    ...{ means: "upstream_rejected", nativeCode: "invalid_image_url" },
  },
  "openai/envoy-ai-gateway__chat-bad-request.yaml#0": { means: "upstream_rejected", nativeCode: "unsupported_parameter" },
  "openai/envoy-ai-gateway__chat-no-messages.yaml#0": { means: "upstream_rejected", nativeCode: "empty_array" },
  "openai/envoy-ai-gateway__embeddings-unknown-model.yaml#0": { means: "upstream_rejected", nativeCode: "model_not_found" },
  "openai/otel-contrib__test_chat_completion_404.yaml#0": { means: "upstream_rejected", nativeCode: "model_not_found" },
  "openai/otel-contrib__test_responses_create_api_error_content_mode0_.yaml#0": {
    means: "upstream_rejected",
    nativeCode: "model_not_found",
  },
  "openai/pydantic-ai__test_multimodal_tool_returns__test_multimodal_tool_return_matrix_direct-binary-audio-openai_chat_.yaml#1": {
    ...{ means: "upstream_rejected", nativeCode: "invalid_value" },
  },
  "openai/pydantic-ai__test_openai__test_openai_o1_mini_system_role_system_.yaml#0": {
    means: "upstream_rejected",
    nativeCode: "unsupported_value",
  },
  "openai/pydantic-ai__test_openai__test_openai_web_search_tool_model_not_supported.yaml#0": { means: "upstream_rejected" },
  "openai/pydantic-ai__test_openai_responses__test_openai_responses_model_http_error.yaml#0": {
    ...{ means: "upstream_rejected", nativeCode: "decimal_below_min_value" },
  },
  "openai/pydantic-ai__test_openai_responses__test_openai_responses_thinking_with_modified_history.yaml#1": { means: "upstream_rejected" },
  "openai/vercel-ai__openai-error.1.json#0": { means: "upstream_quota" },
  "openai/vercel-ai__reasoning-model-temperature-error.json#0": { means: "upstream_rejected" },
  "vertex/otel-contrib__test_generate_content_invalid_role.yaml#0": { means: "upstream_rejected" },
  "vertex/otel-contrib__test_generate_content_invalid_temperature.yaml#0": { means: "upstream_rejected" },
  "gemini/pydantic-ai__test_model_name_suggestions__test_model_name_suggestion_google_.yaml#0": { means: "upstream_rejected" },
  "gemini/vercel-ai__google-429-retry-info.json#0": { means: "upstream_rate_limited" },
  "bedrock/otel-contrib__test_converse_with_invalid_model.yaml#0": { means: "upstream_rejected" },
  "bedrock/otel-contrib__test_converse_stream_with_invalid_model.yaml#0": { means: "upstream_rejected" },
  "bedrock/pydantic-ai__test_multimodal_tool_returns__test_multimodal_tool_return_matrix_direct-uploaded_file-document-bedrock_nova_.yaml#1":
    {
      ...{ means: "upstream_rejected" },
    },
  "bedrock/pydantic-ai__test_multimodal_tool_returns__test_multimodal_tool_return_matrix_tool_return_content-uploaded_file-document-bedrock_claude_.yaml#1":
    { means: "upstream_rejected" },
  "voyage/pydantic-ai__test_embeddings__TestVoyageAI.test_embed_error.yaml#0": { means: "upstream_rejected" },
  "anthropic/pydantic-ai__test_anthropic__test_anthropic_explicit_effort_xhigh_unsupported_model_errors.yaml#0": {
    means: "upstream_rejected",
  },
  "deepseek/pydantic-ai__test_deepseek_responses__test_deepseek_responses_rejects_interleaved_function_calls.yaml#0": {
    ...{ means: "upstream_rejected", nativeCode: "invalid_request_error" },
  },
  "groq/pydantic-ai__test_groq__test_tool_regular_error.yaml#0": { means: "upstream_rejected", nativeCode: "model_not_found" },
  "groq/pydantic-ai__test_groq__test_tool_use_failed_error.yaml#0": { means: "upstream_rejected", nativeCode: "tool_use_failed" },
  "openrouter/pydantic-ai__test_openrouter__test_openrouter_errors_raised.yaml#0": { means: "upstream_rate_limited" },
};
