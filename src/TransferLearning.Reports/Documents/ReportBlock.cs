namespace TransferLearning.Reports;

/// <summary>A part of a section; every form of the report shows it in its own way.</summary>
internal abstract record ReportBlock;
