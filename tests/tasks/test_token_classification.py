"""The task: labels, encoding, decoding, scores."""

from core.tasks import get_task


def test_walk(tiny_checkpoint):
    import torch

    task = get_task("token-classification")
    tok = task.load_tokenizer(tiny_checkpoint)
    labels = task.labels(task.sample)
    model = task.load_model(tiny_checkpoint, labels)
    assert model.config.id2label[1] == "B-LOC"
    f = task.encode(task.sample, tok, labels, 16, task.options())
    items = [{k: v[i] for k, v in f.inputs.items()} for i in range(2)]
    batch = task.collator(tok)(items)
    with torch.no_grad():
        logits = model(**batch).logits
    p = task.decode(list(logits.numpy()), f, task.sample, labels, task.options())
    assert task.score(p, task.sample)["accuracy"] is not None
