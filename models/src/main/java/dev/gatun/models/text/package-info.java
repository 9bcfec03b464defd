/// Text in, text out: tokenizers and chat templates.
package dev.gatun.models.text;
