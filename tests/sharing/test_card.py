"""The model card says what the run folder says, as valid metadata and as plain text."""

from __future__ import annotations

from huggingface_hub import ModelCard

from core.runs.folder import Run
from core.sharing.card import model_card, proposed_licence


def test_card_carries_the_scores_of_both_splits_as_model_index(finished_run: Run) -> None:
    card = ModelCard(model_card(finished_run, "dev/mail", "mit", "en, de"))

    metrics = finished_run.metrics()
    assert metrics is not None
    results = {(r.dataset_split, r.metric_type): r.metric_value for r in card.data.eval_results}
    for split in ("validation", "test"):
        for metric in ("precision", "recall", "f1", "accuracy"):
            assert results[split, metric] == round(metrics[split][metric], 4)
    assert card.data.model_name == "mail"
    assert card.data.license == "mit"
    assert card.data.language == ["en", "de"]
    assert card.data.pipeline_tag == "token-classification"
    assert card.data.library_name == "transformers"
    assert card.data.to_dict().get("base_model") is None  # a local folder is nobody's business


def test_card_describes_the_data_the_training_and_the_use(finished_run: Run) -> None:
    text = model_card(finished_run, "dev/mail")

    assert "| train | 48 |" in text
    assert "| validation | 12 |" in text
    assert "| LOC | 48 | 12 | 12 |" in text
    assert "Training rows cut at 32 tokens: 1." in text
    assert "| `learning_rate` | `0.003` |" in text
    assert "| `max_length` | `32` |" in text
    assert 'pipeline("token-classification", model="dev/mail"' in text
    assert "| `label_rule` | `first` |" in text
    assert "## Limits" in text


def test_card_keeps_foreign_names_as_text_and_no_path(finished_run: Run) -> None:
    text = model_card(finished_run, "dev/mail")

    assert "FIRM\\|&lt;b&gt;x" in text
    body = text.split("---\n", 2)[2]
    assert "<b>" not in body
    assert "<i>" not in body
    assert "](http" not in body
    assert str(finished_run.path.parents[1]) not in text
    assert "/tmp" not in text


def test_licence_is_that_of_the_base_unless_chosen(finished_run: Run) -> None:
    assert proposed_licence(finished_run) is None
    assert ModelCard(model_card(finished_run, "dev/mail")).data.license is None
