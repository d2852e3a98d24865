"""Lightning and Transformers on tiny models made here: nothing is downloaded."""

import logging
import warnings

import dotscience as ds

ds.autolog()

import lightning  # noqa: E402
import torch  # noqa: E402
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments  # noqa: E402

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
torch.manual_seed(0)


class Net(lightning.LightningModule):
    def __init__(self, hidden=3):
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Sequential(torch.nn.Linear(4, hidden), torch.nn.Linear(hidden, 1))

    def training_step(self, batch, index):
        loss = self.net(batch[0]).pow(2).mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, index):
        self.log("val_loss", self.net(batch[0]).pow(2).mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


rows = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(40, 4)), batch_size=8)
trainer = lightning.Trainer(
    max_epochs=3,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
    log_every_n_steps=2,
)
trainer.fit(Net(), rows, rows)

config = BertConfig(
    vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
)
data = [
    {
        "input_ids": torch.randint(0, 50, (6,)),
        "attention_mask": torch.ones(6, dtype=torch.long),
        "labels": n % 2,
    }
    for n in range(16)
]
arguments = TrainingArguments(
    "out",
    num_train_epochs=2,
    per_device_train_batch_size=4,
    logging_steps=2,
    eval_strategy="epoch",
    save_strategy="no",
    report_to=[],
    use_cpu=True,
    disable_tqdm=True,
)
Trainer(
    BertForSequenceClassification(config), arguments, train_dataset=data, eval_dataset=data
).train()
